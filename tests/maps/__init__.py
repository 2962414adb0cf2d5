"""Tests of the maps and of the script that writes them."""
