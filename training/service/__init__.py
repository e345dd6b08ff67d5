"""The trainer: a process that carries out the trainings that were ordered over HTTP, each in a process of its own."""
