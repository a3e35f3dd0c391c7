"""Statistical models: labelled Series and frames in, frozen results out."""
