"""Where candidates are judged: threads, processes, or an executor of the user's own."""
