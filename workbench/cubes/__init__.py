"""What is asked (`Selection`) and what answers it (`Cube`): counts and measures by dimension, never rows."""
