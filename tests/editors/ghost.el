;;; ghost.el --- Runs the cases of test_emacs_ghost.py  -*- lexical-binding: t -*-

;; The cases come as JSON in $CASES: the text with | at point, the suggestions ({text, after}), the keys that are
;; pressed once a ghost is there.  What the text is afterwards goes to standard output, as JSON too.

(require 'json)
(require 'lsp-codex-ghost)

(defun ghost-run (text items keys)
  "Press KEYS where TEXT has a | and ITEMS are suggested; answer the text, and 1 if a ghost is still there."
  (let ((accepted 0))
    (with-current-buffer (generate-new-buffer "case")
      (switch-to-buffer (current-buffer))
      (insert text)
      (search-backward "|")
      (delete-char 1)
      (setq lsp-codex-ghost-function
            (lambda (_kind done)
              (funcall done
                       (mapcar (lambda (item)
                                 (list (point) (+ (point) (or (plist-get item :after) 0))
                                       (plist-get item :text) (lambda () (setq accepted (1+ accepted)))))
                               items))
              (setq lsp-codex-ghost-function nil))) ; one answer: what is on the screen then stays
      (lsp-codex-ghost-mode)
      (lsp-codex-ghost--ask (current-buffer) 2)
      (execute-kbd-macro (kbd keys))
      (prog1 (list (buffer-string) (if lsp-codex-ghost--overlay 1 0) accepted)
        (set-buffer-modified-p nil)
        (kill-buffer)))))

(princ (json-encode
        (vconcat (mapcar (lambda (case) (vconcat (apply #'ghost-run (append case nil))))
                (append (json-parse-string (getenv "CASES") :object-type 'plist :array-type 'list) nil)))))
