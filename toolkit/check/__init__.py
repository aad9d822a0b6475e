"""`mutasi check`: the verdict on the tables, its warnings, and what the rules leave."""
