"""Charts: a finding's frame and a caption in, a Bokeh figure out; nothing is computed but geometry and colour."""
