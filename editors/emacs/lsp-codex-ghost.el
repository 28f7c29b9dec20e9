;;; lsp-codex-ghost.el --- Ghost text for a client that has none  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; An overlay at point with what could be there, and the keys that take it.
;; Where suggestions come from is `lsp-codex-ghost-function'.

;;; Code:

(require 'cl-lib)
(require 'lsp-codex)

(defcustom lsp-codex-ghost-text t
  "Whether Eglot shows ghost text.
Without it suggestions are among the completions of `completion-at-point'.
Read when the server starts."
  :type 'boolean
  :group 'lsp-codex)

(defcustom lsp-codex-ghost-delay 0.1
  "Seconds without a key before ghost text is asked for.
The server itself waits for a pause in typing; this is on top of it."
  :type 'number
  :group 'lsp-codex)

(defface lsp-codex-ghost '((t :inherit shadow))
  "Ghost text."
  :group 'lsp-codex)

(defvar-local lsp-codex-ghost-function nil
  "Asks for suggestions at point.
Called with the trigger kind (1 by hand, 2 while typing) and a function
that takes a list of (BEG END TEXT COMMAND): TEXT is to stand between
BEG and END; COMMAND, a function or nil, is called when it does.")

(cl-defstruct lsp-codex-ghost--item
  "One suggestion: TEXT is to stand between the markers BEG and END.
It was made for what stood before ORIGIN, where BEG was then."
  origin beg end text command)

(defvar-local lsp-codex-ghost--items nil
  "The suggestions, the one that is shown first.")

(defvar-local lsp-codex-ghost--overlay nil
  "The overlay that shows the suggestion; while it does the keys work.")

(defvar-local lsp-codex-ghost--timer nil
  "The timer that will ask for ghost text.")

(defvar-local lsp-codex-ghost--tick 0
  "The text, as `buffer-chars-modified-tick' says, after the last command.")

(defvar-keymap lsp-codex-ghost-map
  :doc "Keys while ghost text is shown."
  "TAB" #'lsp-codex-ghost-accept
  "<tab>" #'lsp-codex-ghost-accept
  "<remap> <forward-word>" #'lsp-codex-ghost-accept-word
  "M-n" #'lsp-codex-ghost-next
  "M-p" #'lsp-codex-ghost-previous)

(defvar lsp-codex-ghost--keys `((lsp-codex-ghost--overlay . ,lsp-codex-ghost-map))
  "Gives the keys precedence over those of other modes while they are wanted.")

(add-to-list 'emulation-mode-map-alists 'lsp-codex-ghost--keys)

;;;###autoload
(define-minor-mode lsp-codex-ghost-mode
  "Ghost text while you type."
  :group 'lsp-codex
  (if lsp-codex-ghost-mode
      (add-hook 'post-command-hook #'lsp-codex-ghost--after-command nil t)
    (remove-hook 'post-command-hook #'lsp-codex-ghost--after-command t)
    (lsp-codex-ghost-clear))
  (setq lsp-codex-ghost--tick (buffer-chars-modified-tick)))

(defun lsp-codex-ghost--rest ()
  "What of the first suggestion is not typed yet, or nil if it does not fit."
  (when-let* ((item (car lsp-codex-ghost--items)))
    (let ((beg (marker-position (lsp-codex-ghost--item-beg item)))
          (text (lsp-codex-ghost--item-text item)))
      (and (= beg (lsp-codex-ghost--item-origin item)) ; else the text before it is another
           (<= beg (point) (lsp-codex-ghost--item-end item))
           (string-prefix-p (buffer-substring-no-properties beg (point)) text)
           (substring text (- (point) beg))))))

(defun lsp-codex-ghost--show ()
  "Show what is left of the first suggestion; answer nil if nothing is."
  (lsp-codex-ghost--hide)
  (let ((rest (lsp-codex-ghost--rest)))
    (unless (member rest '(nil ""))
      (let ((shown (propertize rest 'face 'lsp-codex-ghost))
            (end (marker-position (lsp-codex-ghost--item-end (car lsp-codex-ghost--items)))))
        (put-text-property 0 1 'cursor t shown)
        (setq lsp-codex-ghost--overlay (make-overlay (point) end))
        ;; What the suggestion takes the place of is not shown twice.
        (overlay-put lsp-codex-ghost--overlay (if (= end (point)) 'after-string 'display) shown)))))

(defun lsp-codex-ghost--hide ()
  "Take the suggestion off the screen."
  (when lsp-codex-ghost--overlay
    (delete-overlay lsp-codex-ghost--overlay)
    (setq lsp-codex-ghost--overlay nil)))

(defun lsp-codex-ghost-clear ()
  "Forget all suggestions."
  (interactive)
  (lsp-codex-ghost--hide)
  (dolist (item lsp-codex-ghost--items)
    (set-marker (lsp-codex-ghost--item-beg item) nil)
    (set-marker (lsp-codex-ghost--item-end item) nil))
  (setq lsp-codex-ghost--items nil)
  (when lsp-codex-ghost--timer
    (cancel-timer lsp-codex-ghost--timer)
    (setq lsp-codex-ghost--timer nil)))

(defun lsp-codex-ghost--after-command ()
  "Keep the ghost text right after a command, or ask for another."
  (let ((changed (/= lsp-codex-ghost--tick (buffer-chars-modified-tick))))
    (setq lsp-codex-ghost--tick (buffer-chars-modified-tick))
    (unless (and lsp-codex-ghost--items
                 (or changed (lsp-codex-ghost--here-p))
                 (lsp-codex-ghost--show))
      (lsp-codex-ghost-clear)
      (when changed
        (setq lsp-codex-ghost--timer
              (run-with-idle-timer lsp-codex-ghost-delay nil #'lsp-codex-ghost--ask
                                   (current-buffer) 2))))))

(defun lsp-codex-ghost--here-p ()
  "Whether the last command left ghost text and cursor where they were."
  (and lsp-codex-ghost--overlay
       (= (overlay-start lsp-codex-ghost--overlay) (point))
       (not (eq this-command 'keyboard-quit))))

(defun lsp-codex-ghost--ask (buffer kind)
  "Ask for ghost text at point of BUFFER with trigger KIND, and show it."
  (when (and (buffer-live-p buffer) (eq buffer (window-buffer)))
    (with-current-buffer buffer
      (let ((where (point))
            (tick (buffer-chars-modified-tick)))
        (when (and lsp-codex-ghost-function (not buffer-read-only))
          (funcall lsp-codex-ghost-function kind
                   (lambda (items)
                     (when (and (= where (point)) (= tick (buffer-chars-modified-tick))
                                (not completion-in-region-mode))
                       (lsp-codex-ghost-clear)
                       (setq lsp-codex-ghost--items (mapcar #'lsp-codex-ghost--item items))
                       (lsp-codex-ghost--show)))))))))

(defun lsp-codex-ghost--item (item)
  "ITEM of `lsp-codex-ghost-function' with places that move with the text."
  (pcase-let ((`(,beg ,end ,text ,command) item))
    (make-lsp-codex-ghost--item
     :origin beg :beg (copy-marker beg) :end (copy-marker end t) :text text :command command)))

(defun lsp-codex-ghost-suggest ()
  "Ask for suggestions now."
  (interactive)
  (unless lsp-codex-ghost-function
    (user-error "Codex has no ghost text here"))
  (lsp-codex-ghost--ask (current-buffer) 1))

(defun lsp-codex-ghost-accept ()
  "Take the ghost text."
  (interactive)
  (when-let* ((rest (lsp-codex-ghost--rest))
              (item (car lsp-codex-ghost--items)))
    (let ((command (lsp-codex-ghost--item-command item)))
      (delete-region (point) (lsp-codex-ghost--item-end item))
      (insert rest)
      (lsp-codex-ghost-clear)
      (when command (funcall command)))))

(defun lsp-codex-ghost-accept-word ()
  "Take the next word of the ghost text."
  (interactive)
  (when-let* ((rest (lsp-codex-ghost--rest)))
    (if (and (string-match "\\`[^[:alnum:]_]*[[:alnum:]_]+" rest)
             (< (match-end 0) (length rest)))
        (insert (match-string 0 rest))
      (lsp-codex-ghost-accept))))

(defun lsp-codex-ghost-next (&optional count)
  "Show the next suggestion, or the one COUNT further."
  (interactive "p")
  (let ((by (mod (or count 1) (length lsp-codex-ghost--items))))
    (setq lsp-codex-ghost--items (append (nthcdr by lsp-codex-ghost--items)
                                         (take by lsp-codex-ghost--items)))
    (lsp-codex-ghost--show)))

(defun lsp-codex-ghost-previous (&optional count)
  "Show the suggestion before, or the one COUNT before."
  (interactive "p")
  (lsp-codex-ghost-next (- (or count 1))))

(provide 'lsp-codex-ghost)
;;; lsp-codex-ghost.el ends here
