"""Forms: in which shapes this client takes code actions and edits, as its capabilities say (LSP 3.18)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

if TYPE_CHECKING:
    from lsp_codex.actions.action import Action


@dataclass(frozen=True, slots=True)
class Forms:
    """What the client can do with an action, and with an edit.

    ``literals``: it takes ``CodeAction``, not commands alone. ``resolves``: it asks for the edit of the chosen one
    and sends our data back. ``disabled``: it shows why an entry cannot be chosen. ``versioned``: it takes
    ``documentChanges``. ``creates``: with ``CreateFile`` among them. ``confirms``: it asks before it applies what is
    annotated. ``applies``: it applies an edit that we send.
    """

    literals: bool = False
    resolves: bool = False
    disabled: bool = False
    versioned: bool = False
    creates: bool = False
    confirms: bool = False
    applies: bool = False

    def offers(self, action: Action) -> bool:
        """Whether what ``action`` makes can reach the document in some form."""
        if action.new_file and not self.creates:
            return False
        return self.applies or (self.resolves and not action.asks and not action.new_file)


def forms(capabilities: lsp.ClientCapabilities) -> Forms:
    """The forms that ``capabilities`` allow."""
    document, workspace = capabilities.text_document, capabilities.workspace
    action = document.code_action if document else None
    edit = workspace.workspace_edit if workspace else None
    literals = action is not None and action.code_action_literal_support is not None
    resolvable = action.resolve_support.properties if action is not None and action.resolve_support else ()
    operations = (edit.resource_operations or ()) if edit is not None else ()
    annotates = edit is not None and edit.change_annotation_support is not None
    return Forms(
        literals=literals,
        resolves=literals and action is not None and bool(action.data_support) and "edit" in resolvable,
        disabled=literals and action is not None and bool(action.disabled_support),
        # Neovim announces what only documentChanges can carry, and not documentChanges (spec/editors.md 3).
        versioned=edit is not None and bool(edit.document_changes or operations or annotates),
        creates=lsp.ResourceOperationKind.Create in operations,
        confirms=annotates,
        applies=workspace is not None and bool(workspace.apply_edit),
    )
