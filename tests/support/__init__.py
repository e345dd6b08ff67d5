"""What tests share. The first import of all, before anything loads OpenMP."""

import os

# Several tests run at once: threads that spin while they wait take the processor from the one that they wait for.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
