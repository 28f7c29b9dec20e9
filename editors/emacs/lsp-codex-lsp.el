;;; lsp-codex-lsp.el --- The Codex language server through lsp-mode  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Codex runs beside the language's own server.  Ghost text is lsp-mode's own,
;; from its version 10 on.

;;; Code:

(require 'lsp-codex)
(require 'lsp-codex-ask)
(unless (require 'lsp-mode nil t)       ; soft, so that this file compiles without it
  (error "The package lsp-mode is not installed; with Eglot load lsp-codex-eglot instead"))
(require 'lsp-inline-completion nil t)

(declare-function lsp-register-client "ext:lsp-mode" (client))
(declare-function make-lsp-client "ext:lsp-mode" (&rest slots))
(declare-function lsp-stdio-connection "ext:lsp-mode" (command &optional test))
(declare-function lsp-request-async "ext:lsp-mode" (method params callback &rest more))
(declare-function lsp-cancel-request-by-token "ext:lsp-mode" (cancel-token))
(declare-function lsp-find-workspace "ext:lsp-mode" (server-id &optional file-name))
(declare-function lsp--point-to-position "ext:lsp-mode" (point))
(declare-function lsp--buffer-uri "ext:lsp-mode" ())
(declare-function lsp--window-show-document "ext:lsp-mode" (params))
(declare-function lsp-inline-completion-accept "ext:lsp-inline-completion" ())
(defvar lsp--cur-workspace)
(defvar lsp-progress-function)
(defvar lsp-inline-completion-active-map)
(defvar lsp-inline-completion-idle-delay)

(defcustom lsp-codex-lsp-modes '(prog-mode text-mode conf-mode)
  "Modes whose buffers Codex serves, with all that derive from them."
  :type '(repeat symbol)
  :group 'lsp-codex)

(defun lsp-codex-lsp--wanted-p (_file mode)
  "Whether Codex serves buffers in MODE."
  (provided-mode-derived-p mode lsp-codex-lsp-modes))

(defun lsp-codex-lsp--find (any)
  "The workspace of the current buffer; with ANY, one of another."
  (and (fboundp 'lsp-find-workspace)
       (or any buffer-file-name)
       (lsp-find-workspace 'codex (unless any buffer-file-name))))

(add-hook 'lsp-codex--finders #'lsp-codex-lsp--find)

(cl-defmethod lsp-codex--call ((workspace lsp--workspace) params done failed)
  "Have WORKSPACE execute PARAMS; call DONE or FAILED."
  (let ((lsp--cur-workspace workspace)  ; else every server is asked
        (token (cl-gensym "lsp-codex-")))
    (lsp-request-async "workspace/executeCommand" params done
                       :mode 'detached
                       :cancel-token token
                       :error-handler (lambda (failure)
                                        (funcall failed (lsp-codex--get failure :code)
                                                 (lsp-codex--get failure :message))))
    (lambda () (lsp-cancel-request-by-token token))))

(cl-defmethod lsp-codex--position ((_workspace lsp--workspace) position)
  "The LSP position of POSITION."
  (lsp--point-to-position position))

(cl-defmethod lsp-codex--uri ((_workspace lsp--workspace))
  "The URI of the current buffer."
  (lsp--buffer-uri))

(defun lsp-codex-lsp--opened ()
  "Turn on what belongs to a buffer of ours."
  (when (lsp-codex-lsp--find nil)
    (lsp-codex-mode)))

(defun lsp-codex-lsp--closed ()
  "Turn it off again."
  (lsp-codex-mode -1))

(defun lsp-codex-lsp--show-document (_workspace params)
  "Open what PARAMS name; a web page in a browser, if there is one."
  (list :success (or (if (lsp-codex--get params :external)
                         (lsp-codex--browse (lsp-codex--get params :uri))
                       (lsp--window-show-document params))
                     :json-false)))

(defun lsp-codex-lsp--act (action)
  "Run ACTION, a command of a code action."
  (lsp-codex--act (lsp-codex--get action :title) (lsp-codex--get action :command)
                  (seq-first (lsp-codex--get action :arguments))))

(defun lsp-codex-lsp--handlers (&rest handlers)
  "A table of HANDLERS, each after its method."
  (let ((table (make-hash-table :test #'equal)))
    (cl-loop for (method handler) on handlers by #'cddr
             do (puthash method handler table))
    table))

(defun lsp-codex-lsp--register ()
  "Make Codex one of lsp-mode's servers."
  (lsp-register-client
   (make-lsp-client :new-connection (lsp-stdio-connection (lambda () lsp-codex-command))
                    :activation-fn #'lsp-codex-lsp--wanted-p
                    :server-id 'codex
                    :add-on? t
                    :priority -2
                    :initialization-options #'lsp-codex--initialization-options
                    :action-handlers (lsp-codex-lsp--handlers
                                      "codex.ask" #'lsp-codex-lsp--act
                                      "codex.applyAction" #'lsp-codex-lsp--act)
                    :request-handlers (lsp-codex-lsp--handlers
                                       "window/showDocument" #'lsp-codex-lsp--show-document)
                    :notification-handlers
                    (lsp-codex-lsp--handlers
                     "codex/didChangeStatus" (lambda (_workspace status)
                                               (lsp-codex--take-status status))
                     "window/showMessage" (lambda (_workspace params)
                                            (lsp-codex--show-message
                                             (lsp-codex--get params :message)))
                     "$/progress" (lambda (workspace params)
                                    (unless (lsp-codex--take-part (lsp-codex--get params :token)
                                                                  (lsp-codex--get params :value))
                                      (funcall lsp-progress-function workspace params)))
                     ;; What lsp-mode would warn of, and the status says as well.
                     "account/login/completed" #'ignore
                     "account/updated" #'ignore
                     "account/rateLimits/updated" #'ignore
                     "app/list/updated" #'ignore)))
  (add-hook 'lsp-after-open-hook #'lsp-codex-lsp--opened)
  (add-hook 'lsp-unconfigure-hook #'lsp-codex-lsp--closed))

(defun lsp-codex-lsp--ghost-text ()
  "Make lsp-mode's ghost text as quick, and as easily taken, as elsewhere."
  (when (eql lsp-inline-completion-idle-delay 2) ; its default, which nobody chose
    (setq lsp-inline-completion-idle-delay 0.3))
  (dolist (key '("TAB" "<tab>"))
    (keymap-set lsp-inline-completion-active-map key #'lsp-inline-completion-accept)))

(lsp-codex-lsp--register)
(when (featurep 'lsp-inline-completion)
  (lsp-codex-lsp--ghost-text))

(provide 'lsp-codex-lsp)
;;; lsp-codex-lsp.el ends here
