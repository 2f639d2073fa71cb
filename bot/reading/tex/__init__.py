"""TeX formulas as Unicode text: ``𝐱ₜ = (1−t)𝐱₀ + tε``.

Total: whatever comes in, text comes out, within milliseconds. Length, depth and the growth by macros are bounded; a
formula cut anywhere is written as far as it goes; an unknown command keeps its name and arguments.

Each part is imported by itself: who looks for definitions, or asks what may be drawn, needs no commands.
"""
