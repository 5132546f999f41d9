"""How the system is installed and run."""
