;;; lsp-codex.el --- The Codex language server in Eglot and lsp-mode  -*- lexical-binding: t -*-

;; Author: The lsp_codex authors
;; Version: 0.1.0
;; Package-Requires: ((emacs "30.1"))
;; Keywords: convenience, tools
;; URL: https://lsp-codex.invalid/ (leads nowhere on purpose: there is no public page yet)
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Ghost text, questions and code actions from your ChatGPT plan, through the
;; language server `lsp-codex'.  This file has what Emacs' two language
;; clients share: options, commands, the mode line.  Load lsp-codex-eglot or
;; lsp-codex-lsp, for the one that you use; README.md says how to begin.

;;; Code:

(require 'browse-url)
(require 'cl-lib)
(require 'subr-x)

(defgroup lsp-codex nil
  "The Codex language server."
  :group 'tools
  :prefix "lsp-codex-")

(defcustom lsp-codex-command '("lsp-codex")
  "The server: program and arguments.
With \"serve\" and \"--sandbox\" added it can be tried without an account."
  :type '(repeat string))

(defcustom lsp-codex-settings nil
  "The server's settings, as a property list.
For example (:completion (:trigger \"manual\")).  Take :json-false for a
setting that is to be off.  Read when the server starts."
  :type 'plist)

;;; What a client must do for us

(defvar lsp-codex--finders nil
  "Functions that answer a connection to the server, or nil.
Called with one argument: nil for the connection of the current buffer,
non-nil for any.")

(cl-defgeneric lsp-codex--call (connection params done failed)
  "Have the server behind CONNECTION execute PARAMS, and do not wait for it.
Call DONE with the answer, or FAILED with the code and the message of an
error.  Answer a function that cancels it.")

(cl-defgeneric lsp-codex--position (connection position)
  "The LSP position of POSITION in the current buffer, for CONNECTION.")

(cl-defgeneric lsp-codex--uri (connection)
  "The URI of the current buffer, for CONNECTION.")

(defun lsp-codex--connection ()
  "The connection of the current buffer, or any other, or nil."
  (cl-some (lambda (any) (run-hook-with-args-until-success 'lsp-codex--finders any))
           '(nil t)))

(defun lsp-codex--run (command argument done &optional token failed)
  "Run COMMAND with ARGUMENT, a plist or nil, and call DONE with the answer.
With a TOKEN parts of the answer come before; see `lsp-codex--take-part'.
Errors are shown, or given to FAILED, but for what the server has told
already or the user has cancelled."
  (let ((connection (lsp-codex--connection)))
    (unless connection
      (user-error "Codex does not run here; open a file that it serves"))
    (lsp-codex--call connection
                     `( :command ,command
                        :arguments ,(if argument (vector argument) [])
                        ,@(and token (list :partialResultToken token)))
                     done
                     (lambda (code message)
                       ;; -32803 is RequestFailed: the server says itself why nobody is signed in.
                       (unless (or (eql code -32800) ; cancelled
                                   (and (eql code -32803) (string-search "ignIn" command)))
                         (if failed
                             (funcall failed message)
                           (message "Codex: %s" message)))))))

(defun lsp-codex--get (object &rest keys)
  "The value at the path KEYS in OBJECT, a plist or a hash table.
JSON's null and false are nil."
  (dolist (key keys object)
    (setq object (if (hash-table-p object)
                     (gethash (substring (symbol-name key) 1) object)
                   (plist-get object key)))
    (when (memq object '(:null :json-false :false))
      (setq object nil))))

(defun lsp-codex--initialization-options (&rest _)
  "Our settings, as the server gets them at first."
  `(:codex (:notifications t ,@lsp-codex-settings)))

;;; Status

(defvar lsp-codex--status nil
  "The object of the server's last `codex/didChangeStatus'.")

(defvar lsp-codex-status-functions nil
  "Functions called with the status object whenever it changes.")

(defun lsp-codex--take-status (status)
  "Remember STATUS and show it."
  (setq lsp-codex--status status)
  (unless (equal (lsp-codex--get status :state) "signingIn")
    (lsp-codex--hide-invitation))
  (run-hook-with-args 'lsp-codex-status-functions status)
  (force-mode-line-update t))

(defun lsp-codex-lighter ()
  "One or two words for the mode line."
  (pcase (lsp-codex--get lsp-codex--status :state)
    ("signedOut" " Codex[signed out]")
    ("signingIn" " Codex[signing in]")
    ("failed" " Codex[sign in again]")
    (_ (concat (if (lsp-codex--get lsp-codex--status :sandbox) " Codex[sandbox]" " Codex")
               (and (lsp-codex--get lsp-codex--status :completion :paused) "[paused]")))))

;;;###autoload
(define-minor-mode lsp-codex-mode
  "Codex serves this buffer; turned on by the client that connects it."
  :lighter (:eval (lsp-codex-lighter)))

(defun lsp-codex--sentence (status)
  "STATUS for a person."
  (let ((email (lsp-codex--get status :account :email))
        (plan (lsp-codex--get status :account :planType))
        (model (lsp-codex--get status :model))
        (first (lsp-codex--get status :latency :firstTokenMs))
        (why (lsp-codex--get status :completion :reason)))
    (string-join
     (delq nil
           (list (concat (if (lsp-codex--get status :sandbox) "Codex (sandbox): " "Codex: ")
                         (pcase (lsp-codex--get status :state)
                           ("signedOut" "signed out")
                           ("signingIn" "signing in")
                           ("failed" "please sign in again")
                           (_ "signed in"))
                         (and email (format " as %s" email))
                         (and email plan (format " (%s)" plan)))
                 (and model (format "model %s" model))
                 (and first (format "first token after %d ms" first))
                 (and why (not (equal why "not signed in")) (format "no ghost text: %s" why))))
     ", ")))

(defun lsp-codex-status ()
  "Say who is signed in, which model answers and how fast."
  (interactive)
  (lsp-codex--run "codex.status" nil (lambda (status) (message "%s" (lsp-codex--sentence status)))))

(defun lsp-codex--window (window)
  "How much of the usage WINDOW is used, and until when, or nil."
  (when window
    (let ((minutes (or (lsp-codex--get window :windowMinutes) 0))
          (reset (lsp-codex--get window :resetsAt)))
      (concat (cond ((= minutes 0) "")
                    ((= minutes 10080) "week: ")
                    ((= (% minutes 1440) 0) (format "%d days: " (/ minutes 1440)))
                    ((= (% minutes 60) 0) (format "%d h: " (/ minutes 60)))
                    (t (format "%d min: " minutes)))
              (format "%.0f %% used" (or (lsp-codex--get window :usedPercent) 0))
              (and reset (format-time-string ", anew on %a %e %b at %R" reset))))))

(defun lsp-codex-usage ()
  "Say how much of the plan is used, and until when."
  (interactive)
  (lsp-codex--run
   "codex.usage" nil
   (lambda (usage)
     (let ((windows (delq nil (mapcar (lambda (key) (lsp-codex--window (lsp-codex--get usage key)))
                                      '(:primary :secondary)))))
       (message "Codex: %s" (if windows (string-join windows "; ") "the plan has no usage windows"))))))

(defun lsp-codex-models ()
  "List the models of the account."
  (interactive)
  (lsp-codex--run
   "codex.models" nil
   (lambda (answer)
     (with-help-window "*Codex models*"
       (princ (format "For questions and actions: %s\nFor ghost text: %s\n"
                      (lsp-codex--get answer :default)
                      (lsp-codex--get answer :completion :model)))
       (seq-doseq (model (lsp-codex--get answer :models))
         (princ (format "\n%s%s\n  efforts: %s\n"
                        (lsp-codex--get model :slug)
                        (if-let* ((text (lsp-codex--get model :description))) (concat ": " text) "")
                        (string-join (append (lsp-codex--get model :efforts) nil) ", "))))))))

;;; Signing in and out

(defconst lsp-codex--invitation "*Codex sign-in*"
  "The buffer that shows where to go on with a sign-in.")

(defun lsp-codex--show-invitation (answer)
  "Show the address, and the code if there is one, of ANSWER."
  (let ((address (lsp-codex--get answer :authUrl))
        (page (lsp-codex--get answer :verificationUrl)))
    (with-current-buffer (get-buffer-create lsp-codex--invitation)
      (special-mode)
      (let ((inhibit-read-only t))
        (erase-buffer)
        (if page
            (progn
              (insert "Open this page in any browser:  ")
              (insert-text-button page 'action (lambda (_) (browse-url page)))
              (insert "\nand enter the code:             "
                      (propertize (lsp-codex--get answer :userCode) 'face 'bold)
                      "\n\nEnter it there only if you started this yourself just now, and give it to nobody.\n"))
          (insert "Continue in your browser.  If none opened, open this address yourself:\n\n")
          (insert-text-button address 'action (lambda (_) (browse-url address)))
          (insert (substitute-command-keys
                   "\n\nIf your browser cannot reach this machine: \\[lsp-codex-complete-sign-in]\n"))))
      (goto-char (point-min))
      (display-buffer (current-buffer)
                      '(display-buffer-at-bottom (window-height . fit-window-to-buffer))))))

(defun lsp-codex--hide-invitation ()
  "Close the window of `lsp-codex--show-invitation'."
  (when-let* ((buffer (get-buffer lsp-codex--invitation)))
    (quit-windows-on buffer t)
    (when (buffer-live-p buffer)
      (kill-buffer buffer))))

;;;###autoload
(defun lsp-codex-sign-in ()
  "Sign in with ChatGPT in the browser."
  (interactive)
  (lsp-codex--run "codex.signIn" '(:method "browser") #'lsp-codex--show-invitation))

;;;###autoload
(defun lsp-codex-sign-in-with-code ()
  "Sign in with a code that you enter in a browser anywhere."
  (interactive)
  (lsp-codex--run "codex.signIn" '(:method "deviceCode") #'lsp-codex--show-invitation))

(defun lsp-codex-complete-sign-in (address)
  "Finish a sign-in with the ADDRESS that the browser ended on."
  (interactive (list (read-string "The address that the browser ended on: " nil t))) ; in no history
  (lsp-codex--run "codex.completeSignIn" (list :callbackUrl (string-trim address)) #'ignore))

(defun lsp-codex-cancel-sign-in ()
  "Give up the sign-in that is going on."
  (interactive)
  (lsp-codex--run "codex.cancelSignIn" nil
                  (lambda (answer)
                    (unless (lsp-codex--get answer :cancelled)
                      (message "Codex: no sign-in is going on")))))

(defun lsp-codex-sign-out ()
  "Sign out and delete the login from this machine."
  (interactive)
  (lsp-codex--run "codex.signOut" nil #'ignore)) ; the server says so itself

;;; Messages and browsers

(defun lsp-codex--browse (address)
  "Open ADDRESS in a browser; answer nil where Emacs has none but its own.
Nobody can sign in without scripts; the server then finds another way."
  (when (or (not (eq browse-url-browser-function #'browse-url-default-browser))
            (not (eq system-type 'gnu/linux))
            (browse-url-can-use-xdg-open))
    (browse-url address)
    t))

(defun lsp-codex--show-message (message)
  "Show MESSAGE of the server; an address that has a window is not repeated.
One of several paragraphs gets a window: the next key would take it away."
  (let* ((text (if (get-buffer-window lsp-codex--invitation t)
                   (replace-regexp-in-string ": https?://\\S-+" "" message)
                 message))
         (first (string-search "\n\n" text)))
    (when first
      (with-current-buffer (get-buffer-create "*Codex message*")
        (let ((inhibit-read-only t))
          (erase-buffer)
          (insert text "\n"))
        (special-mode)
        (visual-line-mode)
        (goto-char (point-min))
        (display-buffer (current-buffer))))
    (message "%s" (substring text 0 first))))

;;; Ghost text

(defun lsp-codex-toggle ()
  "Switch ghost text off, or on again, until Emacs ends."
  (interactive)
  (lsp-codex--run "codex.toggleCompletion" nil
                  (lambda (answer)
                    (message "Codex: ghost text is %s"
                             (if (lsp-codex--get answer :enabled) "on" "off")))))

(provide 'lsp-codex)
;;; lsp-codex.el ends here
