"""The ontology, as data: Turtle modules below this folder, loaded by mtus.reasoner.knowledge."""
