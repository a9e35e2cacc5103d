"""When things happen. A job is thin and reads like its own description; what it decides stands in a pure room below."""
