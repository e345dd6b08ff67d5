"""What tests share: servers, and verbs to act on them."""
