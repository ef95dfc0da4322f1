"""What a build makes besides paper: pages, logs, the leak scan and the instructor's first page."""
