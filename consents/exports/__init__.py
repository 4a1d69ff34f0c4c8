"""Records out for officers: datasets × formats, on record before the first byte, sealed, kept for a while.

`datasets` says what each holds, one description each; `formats` how it is written; `packing` how the file, what its
columns mean and its signed manifest make one package; `keeping` how that lies on disk. Imports every room below.
"""
