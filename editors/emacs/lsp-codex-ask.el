;;; lsp-codex-ask.el --- Questions to Codex, and its code actions  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; A question is answered in a Markdown buffer that fills while the answer
;; comes.  Code actions that need the person, or Emacs, end here too.

;;; Code:

(require 'cl-lib)
(require 'lsp-codex)

(defvar-local lsp-codex--thread nil
  "The conversation that this answer belongs to.")

(defvar-local lsp-codex--token nil
  "Names the answer that is coming into this buffer.")

(defvar-local lsp-codex--cancel nil
  "Cancels the answer that is coming into this buffer.")

(defvar-keymap lsp-codex-answer-mode-map
  "a" #'lsp-codex-ask
  "k" #'lsp-codex-ask-cancel
  "C-c C-k" #'lsp-codex-ask-cancel)

(define-minor-mode lsp-codex-answer-mode
  "Keys in an answer of Codex: go on asking, or stop it."
  :interactive nil)

(defun lsp-codex--markdown ()
  "Make the current buffer show Markdown as well as this Emacs can."
  (cond ((fboundp 'gfm-view-mode) (funcall 'gfm-view-mode))
        ((fboundp 'markdown-view-mode) (funcall 'markdown-view-mode))
        (t (text-mode) (view-mode)))
  (visual-line-mode)
  (lsp-codex-answer-mode))

(defun lsp-codex--answer-buffer (question thread)
  "Show QUESTION in a buffer; with THREAD, below what was said before."
  (with-current-buffer (get-buffer-create "*Codex*")
    (lsp-codex--stop)
    (let ((inhibit-read-only t))
      (unless thread (erase-buffer))
      (goto-char (point-max))
      (unless (bobp) (insert "\n"))
      (let ((start (point)))
        (insert "**" question "**\n\n")
        (lsp-codex--markdown)           ; which forgets our variables
        (add-hook 'kill-buffer-hook #'lsp-codex--stop nil t)
        (setq lsp-codex--thread thread
              lsp-codex--token (format "codex-ask-%s" (cl-gensym)))
        (let ((window (display-buffer (current-buffer))))
          (set-window-start window start)
          (set-window-point window (point-max)))))
    (current-buffer)))

(defun lsp-codex--stop ()
  "Cancel the answer that is coming into this buffer, if one is."
  (when lsp-codex--cancel
    (funcall lsp-codex--cancel))
  (setq lsp-codex--cancel nil
        lsp-codex--token nil))

(defun lsp-codex--insert-part (buffer text)
  "Put TEXT at the end of BUFFER and leave its reader where they are."
  (with-current-buffer buffer
    (let ((inhibit-read-only t))
      (save-excursion
        (goto-char (point-max))
        (insert text)))))

(defun lsp-codex--take-part (token value)
  "If TOKEN is that of an answer, add the text of VALUE to it; else nil."
  (when-let* ((buffer (get-buffer "*Codex*"))
              ((equal token (buffer-local-value 'lsp-codex--token buffer))))
    (with-current-buffer buffer
      (setq lsp-codex--thread (lsp-codex--get value :threadId)))
    (lsp-codex--insert-part buffer (or (lsp-codex--get value :text) ""))
    t))

(defun lsp-codex--context (connection)
  "What is at point, or in the region, for a question through CONNECTION."
  (when buffer-file-name
    (append (list :uri (lsp-codex--uri connection))
            (when (use-region-p)
              (list :range (list :start (lsp-codex--position connection (region-beginning))
                                 :end (lsp-codex--position connection (region-end))))))))

;;;###autoload
(defun lsp-codex-ask (question)
  "Ask QUESTION about this buffer, or the region, and show the answer.
In the buffer of an answer this is the same conversation."
  (interactive
   (progn
     (when lsp-codex--token
       (user-error "The answer is still coming; `k' stops it"))
     (list (read-string (if lsp-codex--thread "Ask further: " "Ask Codex: ")))))
  (let ((connection (or (lsp-codex--connection) (user-error "Codex does not run here"))))
    (lsp-codex--ask `( :prompt ,question
                       ,@(if lsp-codex--thread
                             (list :threadId lsp-codex--thread)
                           (lsp-codex--context connection)))
                    question)))

(defun lsp-codex--ask (argument title)
  "Have the server answer `codex.ask' with ARGUMENT, below TITLE."
  (let* ((buffer (lsp-codex--answer-buffer title (lsp-codex--get argument :threadId)))
         (token (buffer-local-value 'lsp-codex--token buffer))
         (shown (with-current-buffer buffer (point-max)))
         (end (lambda (text thread)
                (when (buffer-live-p buffer)
                  (with-current-buffer buffer
                    (when (equal token lsp-codex--token)
                      (lsp-codex--insert-part buffer (concat text "\n"))
                      (setq lsp-codex--thread thread
                            lsp-codex--token nil
                            lsp-codex--cancel nil))))))
         (bare (lambda ()               ; no part of it came before
                 (and (buffer-live-p buffer)
                      (= shown (with-current-buffer buffer (point-max))))))
         (done (lambda (answer)
                 (funcall end (and (funcall bare) (lsp-codex--get answer :text))
                          (lsp-codex--get answer :threadId))))
         (failed (lambda (message)
                   (funcall end (concat (unless (funcall bare) "\n\n") "**" message "**")
                            (lsp-codex--get argument :threadId))))
         (cancel (lsp-codex--run "codex.ask" argument done token failed)))
    (with-current-buffer buffer
      (setq lsp-codex--cancel cancel))))

(defun lsp-codex--act (title command argument)
  "Run the code action TITLE, which is COMMAND with ARGUMENT; nil if not ours.
Without waiting for it: the edit comes when the model has made it."
  (pcase command
    ("codex.ask"
     (lsp-codex--ask argument title)
     t)
    ("codex.applyAction"
     (lsp-codex--run command
                     (if (equal (lsp-codex--get argument :asks) "instruction")
                         (lsp-codex--with argument :instruction (read-string "What shall be done? "))
                       argument)
                     #'ignore)
     t)))

(defun lsp-codex--with (object key value)
  "OBJECT, a plist or a hash table, with VALUE for KEY."
  (if (hash-table-p object)
      (let ((copy (copy-hash-table object)))
        (puthash (substring (symbol-name key) 1) value copy)
        copy)
    (plist-put (copy-sequence object) key value)))

(defun lsp-codex-ask-cancel ()
  "Stop the answer that is coming."
  (interactive)
  (with-current-buffer (or (get-buffer "*Codex*") (current-buffer))
    (unless lsp-codex--cancel
      (user-error "No answer is coming"))
    (lsp-codex--stop)
    (lsp-codex--insert-part (current-buffer) "\n\n*stopped*\n")))

(provide 'lsp-codex-ask)
;;; lsp-codex-ask.el ends here
