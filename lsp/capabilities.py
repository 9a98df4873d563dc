"""What the editor can take, and what we offer it in turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from lsprotocol import types

from lsp.positions import ENCODINGS, Encoding


@dataclass(frozen=True, slots=True)
class ClientCan:
    """The editor's capabilities, as far as we ask for them. The defaults are those of an editor that says nothing."""

    encoding: Encoding = "utf-16"
    encoding_named: bool = False
    """It sent a list of encodings, so it looks for our choice in the answer."""
    related_information: bool = False
    diagnostic_data: bool = False
    diagnostic_version: bool = False
    code_actions: bool = False
    """It takes code actions that carry an edit of versioned documents."""
    preferred_actions: bool = False
    hover: bool = False
    """It shows Markdown."""
    progress: bool = False
    server_status: bool = False
    folders: bool = False


def client_can(said: types.ClientCapabilities) -> ClientCan:
    """Read what the editor said; whatever it left out it cannot take."""
    text = said.text_document or types.TextDocumentClientCapabilities()
    workspace = said.workspace or types.WorkspaceClientCapabilities()
    publish = text.publish_diagnostics or types.PublishDiagnosticsClientCapabilities()
    actions = text.code_action or types.CodeActionClientCapabilities()
    edits = workspace.workspace_edit or types.WorkspaceEditClientCapabilities()
    encodings = said.general.position_encodings if said.general else None
    experimental = cast("dict[str, object]", said.experimental) if isinstance(said.experimental, dict) else {}
    return ClientCan(
        encoding=_encoding(encodings or ()),
        encoding_named=bool(encodings),
        related_information=bool(publish.related_information),
        diagnostic_data=bool(publish.data_support),
        diagnostic_version=bool(publish.version_support),
        # Operations on files exist in versioned edits only: who takes them takes those (Neovim says just this much).
        code_actions=bool(
            actions.code_action_literal_support and (edits.document_changes or edits.resource_operations)
        ),
        preferred_actions=bool(actions.is_preferred_support),
        hover=types.MarkupKind.Markdown in ((text.hover and text.hover.content_format) or ()),
        progress=bool(said.window and said.window.work_done_progress),
        server_status=experimental.get("serverStatusNotification") is True,
        folders=bool(workspace.workspace_folders),
    )


def server_capabilities(can: ClientCan, commands: Sequence[str]) -> types.ServerCapabilities:
    """What we offer to such an editor; never anything that a type checker beside us does."""
    action_options = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.RefactorRewrite])
    folders = types.WorkspaceFoldersServerCapabilities(supported=True, change_notifications=True)
    return types.ServerCapabilities(
        position_encoding=can.encoding if can.encoding_named else None,
        text_document_sync=types.TextDocumentSyncOptions(
            open_close=True, change=types.TextDocumentSyncKind.Incremental, save=types.SaveOptions(include_text=False)
        ),
        hover_provider=can.hover or None,
        code_action_provider=action_options if can.code_actions else None,
        execute_command_provider=types.ExecuteCommandOptions(commands=list(commands)),
        workspace=types.WorkspaceOptions(workspace_folders=folders) if can.folders else None,
    )


def _encoding(offered: Sequence[str]) -> Encoding:
    """The editor's first choice, which spares it a conversion: all three are equally exact for us."""
    for name in offered:
        if known := ENCODINGS.get(name):
            return known
    return "utf-16"
