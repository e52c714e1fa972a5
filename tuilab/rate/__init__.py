"""The rate test: what its process is told and says, what its losses come to, its words and its picture."""
