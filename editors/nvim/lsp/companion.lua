--- companion for Neovim 0.11 or later: put this folder (editors/nvim) on the runtimepath, then
--- `vim.lsp.enable("companion")`. It runs beside a type checker and claims none of its features.
---@type vim.lsp.Config
return {
  cmd = { "companion-lsp" },
  filetypes = { "python" },
  root_markers = { { "pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "setup.py" }, ".git" },
  -- Without a root there is no project whose tests could run.
  workspace_required = true,
}
