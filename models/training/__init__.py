"""The recipes that made the bundled weights; see CONTRIBUTING.md."""
