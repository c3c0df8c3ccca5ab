"""What must hold whoever attacks, or errs."""
