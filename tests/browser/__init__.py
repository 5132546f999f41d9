"""Pages in Chromium. A package, so that the selection that was played ends with it."""
