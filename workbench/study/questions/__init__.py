"""The questions, a file each: what it divides, its model, its sentence, and the chart it is drawn as."""
