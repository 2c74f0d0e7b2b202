"""How :mod:`semlib.download` and :mod:`semlib.unpack` work inside; nothing here is for users."""
