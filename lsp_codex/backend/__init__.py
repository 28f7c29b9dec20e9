"""The Codex backend as a client sees it: requests, the event stream, models and limits; knows nothing of ``auth``."""
