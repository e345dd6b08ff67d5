"""The Open Inference Protocol, version 2: rows as tensors, on the same way as those of /predict."""
