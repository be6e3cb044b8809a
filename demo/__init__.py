"""The storefront's world for demo and tests: service, regions, routers, traffic, repository."""
