"""Charts: a finding's frame in, a Bokeh figure out, with `update(frame)` for live views; nothing is computed here but geometry and colour."""
