"""Extensions: they listen to signals and report on the run. They touch neither requests nor
items."""
