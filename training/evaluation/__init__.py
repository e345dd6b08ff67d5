"""What is found out about a model once it is fitted: beside the champion, as a page for people, and as a report in figures."""
