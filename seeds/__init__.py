"""Data that ships with the program: feeds, watchlists and the sample news site."""
