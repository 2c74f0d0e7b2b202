"""Every figure of the book: ``sem_*`` for paper 1, ``wafer_*`` for paper 2, and the hover ``explorer``."""
