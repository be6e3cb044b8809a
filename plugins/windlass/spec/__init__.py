"""What people write in ``include/``, typed: YAML becomes frozen pydantic models here."""
