"""The system on one machine: private servers, their databases and users, and our processes."""
