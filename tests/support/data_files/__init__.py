"""Files of data of all kinds: public ones, spoilt ones, and what a second reader makes of them."""
