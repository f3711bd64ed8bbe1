"""`counterclaim reindex`: embeds the ledger's claims with the embedder of the settings, beside the vectors that are there."""

import click

from service.commands.common import open_ledger, progress, settings_of

_BATCH = 256


@click.command()
@click.option("--drop-others", is_flag=True, help="Delete the vectors of every other model afterwards.")
@click.pass_context
def reindex(ctx: click.Context, drop_others: bool) -> None:
    """Embed the claims that the embedder of the settings has not embedded yet.

    A server with the former embedder goes on reading and writing meanwhile: both models' vectors stand side by side. Run it
    again after that server has stopped, to take in what came last, then start it with the new embedder. It can be
    interrupted; what is done is kept.
    """
    from models import registry
    from service.pipeline import whole_text

    embedder = registry.load_embedder(settings_of(ctx).embedder)
    name, version = embedder.info.name, embedder.info.version
    done = 0
    with open_ledger(ctx) as ledger, progress("embedding", total=ledger.counts().claims) as bar:
        while claims := ledger.claims_without_vector(model=name, version=version, limit=_BATCH):
            vectors = embedder.embed([c.claim.standalone for c in claims])
            ledger.add_vectors([c.claim.id for c in claims], vectors, model=name, version=version)
            done += len(claims)
            bar.advance(bar.task_ids[0], len(claims))
        while articles := ledger.articles_without_vector(model=name, version=version):
            whole = embedder.embed([whole_text(texts) for texts in articles.values()])
            ledger.add_article_vectors(list(articles), whole, model=name, version=version)
        others = [m for m in ledger.vector_models() if (m.model, m.version) != (name, version)]
        for other in others if drop_others else ():
            dropped = ledger.drop_vectors(model=other.model, version=other.version)
            click.echo(f"{dropped} vectors of {other.model} {other.version} deleted", err=True)
    click.echo(f"{done} claims embedded by {name} {version}", err=True)
