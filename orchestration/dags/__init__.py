"""One schedule a file; what a task does is one public function of the folder that knows how."""
