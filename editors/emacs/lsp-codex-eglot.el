;;; lsp-codex-eglot.el --- The Codex language server through Eglot  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Eglot starts the server and has its completions and code actions; ghost
;; text, which Eglot does not know, is asked for here and shown by
;; lsp-codex-ghost.el.

;;; Code:

(require 'eglot)
(require 'lsp-codex)
(require 'lsp-codex-ask)
(require 'lsp-codex-ghost)

(defclass lsp-codex-eglot-server (eglot-lsp-server) ()
  :documentation "The Codex language server, alone or behind a multiplexer.")

(defvar lsp-codex-eglot-stay-out-of '(flymake xref imenu eldoc)
  "What Eglot leaves alone where Codex is a buffer's only server.
Codex has nothing to say there; see `eglot-stay-out-of'.")

;;;###autoload
(defun lsp-codex-eglot-ensure (&rest command)
  "Let Codex serve the current buffer through Eglot.
Meant for a mode's hook.  Eglot has one server in each buffer: COMMAND,
if given, starts a program that puts several together, such as rass."
  (setq-local eglot-server-programs
              (cons `(,major-mode lsp-codex-eglot-server ,@(or command lsp-codex-command))
                    eglot-server-programs))
  (unless command
    (setq-local eglot-stay-out-of (append lsp-codex-eglot-stay-out-of eglot-stay-out-of)))
  (eglot-ensure))

(defun lsp-codex-eglot--find (any)
  "The server of the current buffer if it is ours; with ANY, one of another."
  (let ((ours (lambda (server)
                (and server
                     (object-of-class-p server 'lsp-codex-eglot-server)
                     (jsonrpc-running-p server)
                     server))))
    (if any
        (cl-some (lambda (buffer) (with-current-buffer buffer
                                    (and lsp-codex-mode (funcall ours (eglot-current-server)))))
                 (buffer-list))
      (funcall ours (eglot-current-server)))))

(add-hook 'lsp-codex--finders #'lsp-codex-eglot--find)

(defvar lsp-codex-eglot--ids (make-hash-table :test #'eq :weakness 'key)
  "The ids of the commands that were sent, by their parameters.
`jsonrpc-async-request' does not tell them.")

(cl-defmethod lsp-codex--call ((server lsp-codex-eglot-server) params done failed)
  "Have SERVER execute PARAMS; call DONE or FAILED."
  (jsonrpc-async-request
   server :workspace/executeCommand params
   :deferred (cl-gensym)                ; the server has heard of the last change before
   :success-fn done
   :error-fn (jsonrpc-lambda (&key code message &allow-other-keys)
               (funcall failed code message))
   :timeout nil)                        ; a question may take its time
  (lambda ()
    (when-let* ((id (gethash params lsp-codex-eglot--ids)))
      (jsonrpc-notify server :$/cancelRequest (list :id id)))))

(cl-defmethod lsp-codex--position ((_server lsp-codex-eglot-server) position)
  "The LSP position of POSITION."
  (save-excursion
    (save-restriction
      (widen)
      (goto-char position)
      (list :line (1- (line-number-at-pos nil t))
            :character (funcall eglot-current-linepos-function)))))

(cl-defmethod lsp-codex--uri ((_server lsp-codex-eglot-server))
  "The URI of the current buffer."
  (eglot-path-to-uri buffer-file-name))

;;; What Eglot asks and is told

(cl-defmethod jsonrpc-convert-to-endpoint ((server lsp-codex-eglot-server) message _subtype)
  "Note the id of MESSAGE; have it say \"at point\" where nothing is selected.
Eglot asks SERVER for the code actions of the expression there, and Codex would
take that for the user's choice of what to work on."
  (let ((params (plist-get message :params)))
    (when (member (plist-get message :method) '(:workspace/executeCommand "workspace/executeCommand"))
      (puthash params (plist-get message :id) lsp-codex-eglot--ids))
    (when (and (member (plist-get message :method) '(:textDocument/codeAction "textDocument/codeAction"))
               (seq-empty-p (plist-get (plist-get params :context) :diagnostics))
               (not (use-region-p)))
      (let ((here (lsp-codex--position server (point))))
        (plist-put params :range (list :start here :end here)))))
  (cl-call-next-method))

(cl-defmethod eglot-initialization-options ((_server lsp-codex-eglot-server))
  "Our settings."
  (lsp-codex--initialization-options))

(cl-defmethod eglot-client-capabilities ((_server lsp-codex-eglot-server))
  "Eglot's capabilities, and ghost text if it is wanted.
Not that it resolves code actions: it would wait for them, ten seconds at
most, with all of Emacs.  So they come as commands; see `lsp-codex--act'."
  (let ((capabilities (cl-call-next-method)))
    (cl-remf (plist-get (plist-get capabilities :textDocument) :codeAction) :resolveSupport)
    (when lsp-codex-ghost-text
      (plist-put (plist-get capabilities :textDocument)
                 :inlineCompletion '(:dynamicRegistration :json-false)))
    capabilities))

(cl-defmethod eglot-execute ((_server lsp-codex-eglot-server) action)
  "Run ACTION; one of ours without waiting for it."
  (let ((command (plist-get action :command)))
    (unless (lsp-codex--act (plist-get action :title)
                            (if (stringp command) command (plist-get command :command))
                            (seq-first (plist-get (if (stringp command) action command) :arguments)))
      (cl-call-next-method))))

(cl-defmethod eglot-handle-notification
  ((_server lsp-codex-eglot-server) (_method (eql codex/didChangeStatus)) &rest status)
  "Take the new STATUS."
  (lsp-codex--take-status status))

(cl-defmethod eglot-handle-notification
  ((_server lsp-codex-eglot-server) (_method (eql window/showMessage)) &key message &allow-other-keys)
  "Show MESSAGE without Eglot's words before it."
  (lsp-codex--show-message message))

(cl-defmethod eglot-handle-notification
  ((_server lsp-codex-eglot-server) (_method (eql $/progress)) &key token value)
  "Take VALUE as part of an answer, if TOKEN is that of one."
  (unless (lsp-codex--take-part token value)
    (cl-call-next-method)))

(cl-defmethod eglot-handle-request
  ((_server lsp-codex-eglot-server) (_method (eql window/showDocument)) &key uri external &allow-other-keys)
  "Open URI in a browser if it is EXTERNAL and there is one."
  (if (eq external t)
      (list :success (or (lsp-codex--browse uri) :json-false))
    (cl-call-next-method)))

(defun lsp-codex-eglot--managed ()
  "Turn on what belongs to a buffer of ours, or turn it off again."
  (let ((ours (and (eglot-managed-p) (lsp-codex-eglot--find nil))))
    (when (or ours lsp-codex-mode)
      (lsp-codex-mode (if ours 1 -1))
      (when ours
        (setq-local eglot-send-changes-idle-time
                    (min eglot-send-changes-idle-time lsp-codex-ghost-delay)))
      (setq lsp-codex-ghost-function (and ours #'lsp-codex-eglot--suggestions))
      (lsp-codex-ghost-mode (if (and ours lsp-codex-ghost-text) 1 -1)))))

(add-hook 'eglot-managed-mode-hook #'lsp-codex-eglot--managed)

(defun lsp-codex-eglot--suggestions (kind done)
  "Ask for ghost text at point with trigger KIND; call DONE with the items.
An item is (BEG END TEXT COMMAND); see `lsp-codex-ghost-function'."
  (when-let* ((server (lsp-codex-eglot--find nil)))
    (let ((buffer (current-buffer)))
      (jsonrpc-async-request
       server :textDocument/inlineCompletion
       (list :textDocument (list :uri (lsp-codex--uri server))
             :position (lsp-codex--position server (point))
             :context (list :triggerKind kind))
       :deferred 'lsp-codex-ghost      ; until the server has heard of the last change
       :success-fn (lambda (answer)
                     (when (buffer-live-p buffer)
                       (with-current-buffer buffer
                         (funcall done (lsp-codex-eglot--items server answer)))))
       :error-fn #'ignore
       :timeout-fn #'ignore))))

(defun lsp-codex-eglot--items (server answer)
  "The items of ANSWER of SERVER for `lsp-codex-ghost-function'."
  (mapcar (lambda (item)
            (pcase-let ((`(,beg . ,end) (eglot-range-region (plist-get item :range)))
                        (command (plist-get item :command)))
              (list beg end (plist-get item :insertText)
                    (and command
                         (lambda ()
                           (lsp-codex--call server
                                            (list :command (plist-get command :command)
                                                  :arguments (or (plist-get command :arguments) []))
                                            #'ignore #'ignore))))))
          (plist-get answer :items)))

(provide 'lsp-codex-eglot)
;;; lsp-codex-eglot.el ends here
