"""The one web server: health and metrics; adapters hand their handlers over through the Routes port."""
