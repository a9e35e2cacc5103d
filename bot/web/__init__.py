"""The one web server: health today; adapters hand their handlers over through the Routes port."""
