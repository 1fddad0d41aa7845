"""Pictures of finished numbers: altair charts, saved as SVG and PNG without a browser."""
