"""What a person sees of a search for nodes: who won, the node, its ancestors, its species."""
