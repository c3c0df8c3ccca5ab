"""The published marts for BI: keys, a catalogue inside the file, and the same tables as Parquet."""
