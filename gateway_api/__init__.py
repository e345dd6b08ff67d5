"""The HTTP API: a folder for each topic; `door` admits requests, `wire` reads and writes bytes, `reference` documents."""
