"""The review desk: pages where an editor sees a contradiction, decides and moves on.

Served by the API's own process at `/`. `app.py` adds the pages to the app, `routes/` answers, `views/` turns records into what
templates show, `session.py` says who is there, `pages.py` renders. All words stand in `catalogue/`.
"""
