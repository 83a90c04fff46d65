"""How people find the service: place codes and links, QR codes, posters."""
