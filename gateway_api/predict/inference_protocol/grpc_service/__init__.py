"""The Open Inference Protocol over gRPC, beside that over HTTP."""
