"""The first page: create a business, or look around in the demo business."""
