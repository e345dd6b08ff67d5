"""The gateway as the page sees it: the client, the answers it reads, what can go wrong."""
