"""The guideline provisions and shapes, as data: Turtle below this folder, loaded by mtus.reasoner.knowledge."""
