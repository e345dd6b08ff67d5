"""How values are written: numbers of all kinds, and what stands for a missing one."""
